//! Random values of each form, the same in every run.

/// xorshift64*.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % most
    }

    /// `9` a digit, `8` a digit but zero, `A` a capital, `a` a small letter, `h` a
    /// hexadecimal digit; a backslash keeps what follows.
    fn shaped(&mut self, form: &str) -> String {
        let mut out = String::new();
        let mut letters = form.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => out.extend(letters.next()),
                '9' => out.push(char::from(b'0' + self.below(10) as u8)),
                '8' => out.push(char::from(b'1' + self.below(9) as u8)),
                'A' => out.push(char::from(b'A' + self.below(26) as u8)),
                'a' => out.push(char::from(b'a' + self.below(26) as u8)),
                'h' => out.push(char::from(b"0123456789abcdef"[self.below(16) as usize])),
                other => out.push(other),
            }
        }
        out
    }

    /// A value of a named form, else of that shape.
    pub(crate) fn value(&mut self, form: &str) -> String {
        match form {
            "card" => {
                let head = ["4", "51", "2221", "6011", "5061"][self.below(4) as usize];
                let body = self.shaped(&"9".repeat(15 - head.len()));
                {
                    let cuts: [&[usize]; 2] = [&[16], &[4, 4, 4, 4]];
                    grouped(
                        &luhn(&format!("{head}{body}")),
                        cuts[self.below(2) as usize],
                        ' ',
                    )
                }
            }
            "za" => {
                let body = format!(
                    "{}{}{}",
                    self.day("yymmdd"),
                    self.shaped("9999"),
                    ["08", "18", "09"][self.below(3) as usize]
                );
                let cuts: [&[usize]; 2] = [&[13], &[6, 4, 3]];
                grouped(&luhn(&body), cuts[self.below(2) as usize], ' ')
            }
            "aadhaar" => loop {
                let digits = self.shaped("899999999999");
                if !digits.starts_with('1') && verhoeff(&digits) {
                    let cuts: [&[usize]; 2] = [&[12], &[4, 4, 4]];
                    break grouped(
                        &digits,
                        cuts[self.below(2) as usize],
                        [' ', '-'][self.below(2) as usize],
                    );
                }
            },
            "nida" => {
                let digits = format!("{}{}", self.day("yyyymmdd"), self.shaped("999999999999"));
                let cuts: [&[usize]; 2] = [&[20], &[8, 5, 5, 2]];
                grouped(&digits, cuts[self.below(2) as usize], '-')
            }
            "rwanda" => {
                let year = self.day("yyyy");
                let head = self.below(3) + 1;
                let sex = 7 + self.below(2);
                let digits = format!("{head}{year}{sex}{}", self.shaped("9999999999"));
                let cuts: [&[usize]; 2] = [&[16], &[1, 4, 1, 7, 1, 2]];
                grouped(&digits, cuts[self.below(2) as usize], ' ')
            }
            "pan" => {
                let holder = char::from(b"ABCFGHJLPT"[self.below(10) as usize]);
                format!("{}{holder}{}", self.shaped("AAA"), self.shaped("A9999A"))
            }
            "iban" => {
                let body = self.shaped("AAAA99999999999999");
                iban("GB", &body)
            }
            "date" => {
                let form = [
                    "dd/mm/yyyy",
                    "yyyy-mm-dd",
                    "dd.mm.yyyy",
                    "d MMMM yyyy",
                    "MMMM d, yyyy",
                ][self.below(5) as usize];
                self.day(form)
            }
            "receipt" => {
                let mut receipt = self.shaped("AAA9AAA9A9");
                receipt.truncate(10);
                receipt
            }
            "stamp" => self.day("yyyy-mm-dd") + &self.shaped("T1\\9:2\\8:5\\9Z"),
            "birth" => self.day("dd/mm/yyyy"),
            other => self.shaped(other),
        }
    }

    fn day(&mut self, form: &str) -> String {
        let (year, month, day) = (
            1950 + self.below(55),
            1 + self.below(12),
            1 + self.below(28),
        );
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        form.replace("yyyy", &year.to_string())
            .replace("yy", &format!("{:02}", year % 100))
            .replace("MMMM", "#")
            .replace("mm", &format!("{month:02}"))
            .replace("dd", &format!("{day:02}"))
            .replace('d', &day.to_string())
            .replace('#', MONTHS[month as usize - 1])
    }

    /// One of them.
    pub(crate) fn pick<'n, T: AsRef<str>>(&mut self, names: &'n [T]) -> &'n str {
        names[self.below(names.len() as u64) as usize].as_ref()
    }

    /// A sentence with each `{form}` filled in.
    pub(crate) fn filled(&mut self, sentence: &str) -> String {
        let mut out = String::new();
        let mut rest = sentence;
        while let Some((before, tail)) = rest.split_once("<<") {
            let (form, after) = tail.split_once(">>").unwrap();
            out.push_str(before);
            out.push_str(&self.value(form));
            rest = after;
        }
        out + rest
    }
}

fn grouped(digits: &str, cut: &[usize], joint: char) -> String {
    let mut out = String::new();
    let mut at = 0;
    for length in cut {
        if at > 0 {
            out.push(joint);
        }
        out.push_str(&digits[at..at + length]);
        at += length;
    }
    out
}

fn luhn(body: &str) -> String {
    (0..10)
        .map(|check| format!("{body}{check}"))
        .find(|whole| {
            let sum: u32 = whole
                .bytes()
                .rev()
                .enumerate()
                .map(|(place, byte)| {
                    let digit = u32::from(byte - b'0') * (1 + (place as u32 & 1));
                    digit / 10 + digit % 10
                })
                .sum();
            sum.is_multiple_of(10)
        })
        .unwrap()
}

fn verhoeff(digits: &str) -> bool {
    const P: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    const D: [&str; 10] = [
        "0123456789",
        "1234067895",
        "2340178956",
        "3401289567",
        "4012395678",
        "5987604321",
        "6598710432",
        "7659821043",
        "8765932104",
        "9876543210",
    ];
    let check = digits
        .bytes()
        .rev()
        .enumerate()
        .fold(0_usize, |check, (place, byte)| {
            let mut digit = byte - b'0';
            for _ in 0..place % 8 {
                digit = P[usize::from(digit)];
            }
            usize::from(D[check].as_bytes()[usize::from(digit)] - b'0')
        });
    check == 0
}

fn iban(country: &str, body: &str) -> String {
    (2..99)
        .map(|check| format!("{country}{check:02}{body}"))
        .find(|whole| {
            let turned = format!("{}{}", &whole[4..], &whole[..4]);
            let rest = turned.bytes().fold(0_u32, |rest, byte| match byte {
                b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
                _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
            });
            rest == 1
        })
        .unwrap()
}
