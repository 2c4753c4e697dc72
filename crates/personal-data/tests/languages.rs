//! Names by language: sentences of each with names of its people, and how many are
//! found whole. `LANGO_NAMES_HELD_OUT=30 cargo test -p lango-personal-data --test
//! languages -- --nocapture` leaves 30 % of the listed names out of the detector, as
//! if nobody had thought of them.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use lango_personal_data::{Detector, Kind};

#[path = "generated/random.rs"]
#[allow(dead_code)]
mod random;

use random::Random;

/// A language, the sections of the lists its names are from, and sentences.
type Language = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

#[rustfmt::skip]
const LANGUAGES: &[Language] = &[
    ("Swahili", &["Kikuyu", "Luo,", "Kalenjin", "Swahili, Tanz", "en_KE"], &["list, Africa first. Kenya", "en_KE"], &["{} alilipa jana lakini hajapokea risiti.", "Tafadhali mpigie {} kuhusu mkopo wake.", "Mteja anayeitwa {} anauliza bei.", "Nimekutana na {} mjini Mombasa.", "Barua hii ni kwa {} na familia yake.", "Bwana {} alisema mkutano umeahirishwa.", "Jina langu ni {} na ninaishi Nakuru.", "Asante sana, {}", "Rais {} alihutubia taifa jana.", "Kwa mujibu wa {}, bei itapanda."]),
    ("English, Kenyan names", &["Kikuyu", "Luo,", "Kalenjin", "Swahili, Tanz", "en_KE"], &["list, Africa first. Kenya", "en_KE"], &["Please refund {} for the cancelled order.", "{} called about a late delivery.", "Hi {}, your parcel is ready.", "The loan was approved by {} yesterday.", "Regards,\n{}", "Customer: {}", "I spoke with {} and she agreed.", "We hired {} as an accountant.", "{} has not paid since March.", "Assign the ticket to {}.", "{} and the team left for Kisumu.", "Payment from {} received"]),
    ("French, Congolese and West African names", &["Rwanda", "Francophone"], &["Tanzania", "Francophone"], &["Monsieur {} a appelé ce matin.", "Veuillez contacter {} pour le paiement.", "{} habite à Kinshasa depuis dix ans.", "Le ministre {} a signé le décret.", "Je m'appelle {}.", "Bonjour {}, votre colis est arrivé.", "La facture de {} est en retard.", "Selon {}, le projet avance.", "Cordialement,\n{}"]),
    ("Yoruba", &["Yoruba", "yo_NG"], &["Nigeria", "yo_NG"], &["Orúkọ mi ni {}.", "Gómìnà {} sọ pé owó náà ti dé.", "Ọ̀gbẹ́ni {} kò tíì san owó.", "A ti bá {} sọ̀rọ̀ lánàá.", "{} ni ó kọ ìwé yìí."]),
    ("Hausa", &["Igbo, Hausa", "ha_NG"], &["Nigeria", "ha_NG"], &["Sunana {}.", "Shugaba {} ya ce za a biya kudin.", "Na yi magana da {} jiya.", "Malam {} ya kira mu.", "An biya {} kudin sa."]),
    ("Igbo", &["Igbo, Hausa", "ig_NG"], &["Nigeria", "ig_NG"], &["Aha m bụ {}.", "{} kwuru na ego eruola.", "Biko kpọọ {} echi.", "Anyị zutere {} n'ahịa."]),
    ("Zulu", &["South Africa", "zu_ZA"], &["Ethiopia, Southern", "zu_ZA"], &["Igama lami ngu {}.", "Ngicela nishayele u-{} ucingo.", "UMongameli {} uthe imali izokhokhwa.", "Mnumzane {} ukhalile izolo.", "Sikhulume no {} izolo."]),
    ("Kinyarwanda", &["Rwanda"], &["Tanzania"], &["Nitwa {}.", "Perezida {} yavuze ko bizishyurwa.", "Umukiriya {} yahamagaye.", "Twavuganye na {} ejo."]),
    ("Luganda", &["Uganda"], &["Tanzania"], &["Erinnya lyange nze {}.", "{} yagambye nti ssente zatuuse.", "Omukyala {} yakubye essimu.", "Twogedde ne {} eggulo."]),
    ("English, Ethiopian names", &["Ethiopia"], &["Ethiopia, Southern"], &["Ato {} paid the invoice.", "{} works at the Addis branch.", "We met {} in Bahir Dar.", "Dear {},"]),
    ("Somali", &["Swahili, Tanz"], &["list, Africa first. Kenya"], &["Magacaygu waa {}.", "Mudane {} ayaa yiri lacagtii way timid.", "Waxaan la hadalnay {} shalay."]),
    ("French, Arab names", &["North Africa"], &["Francophone"], &["{} a payé la facture.", "The driver {} left Casablanca.", "Bonjour {},", "M. {} est absent."]),
    ("Hinglish", &["India and", "en_IN"], &["South and East", "en_IN"], &["Mera naam {} hai.", "{} ko paisa bhej do.", "Please call {} ji tomorrow.", "Order placed by {} was cancelled."]),
    ("English, American names", &["en"], &["en"], &["Please refund {} for the order.", "{} called about billing.", "Hi {}, thanks for writing.", "I spoke with {} yesterday.", "{} lives in Ohio."]),
];

/// The names of the sections whose headings are a locale or hold the words.
fn names(lists: &[&str], sections: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for list in lists {
        let path = format!("{}/data/{list}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let mut taken = false;
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("# ") {
                taken = sections.iter().any(|section| {
                    heading == *section || section.len() > 3 && heading.contains(section)
                });
            } else if taken {
                names.extend(line.split_whitespace().map(str::to_owned));
            }
        }
    }
    names
}

#[test]
fn names_are_found_in_many_languages() {
    let mut random = Random(0x0dd_ba11_cafe_f00d);
    println!(
        "{} % of the names held out",
        option_env!("LANGO_NAMES_HELD_OUT").unwrap_or("0")
    );
    for (language, given, family, sentences) in LANGUAGES {
        let given = names(&["names_given", "faker_given"], given);
        let family = names(&["names_family", "faker_family"], family);
        let (mut made, mut covered) = (0_usize, 0_usize);
        for round in 0..400 {
            let mut name = random.pick(&given).to_owned();
            if round % 4 > 0 {
                name = format!("{name} {}", random.pick(&family));
            }
            let text = random.pick(sentences).replace("{}", &name);
            let start = text.find(&name).unwrap();
            made += 1;
            covered += usize::from(Detector::shipped().find(&text).iter().any(|found| {
                found.kind == Kind::Name && found.start <= start && found.end >= start + name.len()
            }));
        }
        println!("{language}: {covered} of {made}");
        assert!(
            covered * 100 >= made * 70,
            "{language}: {covered} of {made}"
        );
    }
}
