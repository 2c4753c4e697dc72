//! Names, in the languages and shapes that business is done in.

use super::found;

#[track_caller]
fn is(text: &str, name: &str) {
    let found = found(text);
    assert!(found.contains(&("name", name)), "{text}: {found:?}");
}

#[track_caller]
fn is_none(text: &str) {
    let names: Vec<_> = found(text)
        .into_iter()
        .filter(|(kind, _)| *kind == "name")
        .collect();
    assert_eq!(names, [], "{text}");
}

#[test]
fn names_of_many_peoples() {
    for (text, name) in [
        ("Please refund Wanjiku Kamau today.", "Wanjiku Kamau"),
        ("Ng'ang'a alilipa jana", "Ng'ang'a"),
        ("Ngũgĩ wa Thiong'o wrote it", "Ngũgĩ wa Thiong'o"),
        ("Rais Uhuru Kenyatta alisema", "Uhuru Kenyatta"),
        ("Bwana Otieno amefika", "Otieno"),
        ("jina langu ni Achieng Akinyi", "Achieng Akinyi"),
        ("Je m'appelle Aminata Diallo.", "Aminata Diallo"),
        ("Mme Kouassi N'Guessan a payé", "Kouassi N'Guessan"),
        ("Chinwe Okonkwo-Eze called", "Chinwe Okonkwo-Eze"),
        ("Sunana Abdullahi Garba", "Abdullahi Garba"),
        ("Sikhulume no Sipho Dlamini izolo", "Sipho Dlamini"),
        ("spoke to Pieter van der Merwe", "Pieter van der Merwe"),
        ("Nana Akufo-Addo visited", "Nana Akufo-Addo"),
        ("Hi Priya, your refund is done", "Priya"),
        ("Dr. J. M. Odhiambo", "J. M. Odhiambo"),
        ("Regards,\nMercy Chebet", "Mercy Chebet"),
        ("ስሜ ዳዊት ነው። ዳዊት አበበ", "ዳዊት አበበ"),
        ("Amina Mohamed, Juma Ali and Grace paid", "Grace"),
        ("I met Bola Tinubu. Later Tinubu left.", "Tinubu"),
        ("KAMAU WANJIRU", "KAMAU WANJIRU"),
        ("Robert Downey Jr.", "Robert Downey Jr"),
    ] {
        is(text, name);
    }
}

#[test]
fn words_that_are_also_names_are_left() {
    for text in [
        "Grace Period applies to the Hope Foundation.",
        "Will the May invoice be paid? Mark it as done.",
        "Safaricom and Equity Bank opened in Nakuru.",
        "Jomo Kenyatta International Airport",
        "Kamau Enterprises Ltd",
        "Dear Customer, thank you.",
        "Habari Mteja, karibu tena.",
        "Kampuni ya Kenya Power imetangaza bei mpya.",
    ] {
        is_none(text);
    }
}
