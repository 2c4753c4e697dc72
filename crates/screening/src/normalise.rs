//! One spelling for texts that read the same.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

/// A text in compatibility form, without invisible characters, in lower case,
/// without accents, with look-alike letters as Latin ones and every run of
/// white space as one character: a line break if it held one, else a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    text: String,
}

impl Normalised {
    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Normalises `text`. Normalising the outcome again changes nothing.
#[must_use]
pub fn normalise(text: &str) -> Normalised {
    let mut folded = Folded::with_capacity(text.len());
    if text.is_ascii() {
        text.bytes()
            .for_each(|byte| folded.push(char::from(byte).to_ascii_lowercase()));
    } else {
        // Invisible characters go first: one between a letter and its accent
        // would keep the two from composing.
        let visible = text.chars().filter(|c| !is_invisible(*c));
        visible.nfkc().for_each(|c| fold_into(c, &mut folded));
    }
    Normalised {
        text: folded.finish(),
    }
}

/// Collects characters, one for each run of white space.
struct Folded {
    text: String,
    gap: Option<char>,
}

impl Folded {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            text: String::with_capacity(capacity),
            gap: None,
        }
    }

    fn push(&mut self, c: char) {
        if c.is_whitespace() {
            let line_break = matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}');
            if line_break || self.gap.is_none() {
                self.gap = Some(if line_break { '\n' } else { ' ' });
            }
        } else if !c.is_control() {
            if let Some(gap) = self.gap.take()
                && !self.text.is_empty()
            {
                self.text.push(gap);
            }
            self.text.push(c);
        }
    }

    fn finish(self) -> String {
        self.text
    }
}

fn fold_into(c: char, folded: &mut Folded) {
    if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    for lower in c.to_lowercase() {
        if !is_combining(lower) {
            folded.push(latin(without_accent(lower)));
        }
    }
}

/// Characters that change nothing a reader sees: zero-width ones, direction
/// marks, tags, variation selectors and fillers.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Accents that stand alone after composition.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// The letter without its accent, so that "précédentes" and "precedentes" meet.
fn without_accent(c: char) -> char {
    if !matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{45f}' | '\u{1e00}'..='\u{1fff}') {
        return c;
    }
    let mut base = None;
    decompose_canonical(c, |part| base = base.or(Some(part)));
    base.unwrap_or(c)
}

/// The Latin letter that `c` looks like, and one form for quotes and dashes.
fn latin(c: char) -> char {
    match c {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'ь' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'ɡ' => 'g',
        'һ' | 'н' => 'h',
        'і' | 'ι' | 'ı' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'п' | 'η' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ц' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'ø' => 'o',
        'ł' => 'l',
        'đ' => 'd',
        '‘' | '’' | '‚' | '‛' | 'ʼ' | '′' | '´' => '\'',
        '“' | '”' | '„' | '‟' | '″' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        other => other,
    }
}
