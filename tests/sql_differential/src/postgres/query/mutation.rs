//! Something hostile in a query.

use super::Writer;

impl Writer<'_> {
    /// The query with something in it that should not be there.
    pub(super) fn mutated(&mut self, query: &str) -> String {
        const HOSTILE: &[&str] = &[
            "; DELETE FROM untouched",
            "; COMMIT; DROP TABLE untouched; --",
            " FOR UPDATE",
            " INTO made",
            " /* ; */ ",
            " --\n",
            "/*! 1 */",
            "'",
            "\"",
            "$$",
            "E'\\''",
            " pg_sleep(0.01) ",
            " nextval('order_numbers') ",
            " touch('x') ",
            " UNION SELECT pg_notify('channel', 'x')::text ",
            " RETURNING * ",
            " (DELETE FROM untouched RETURNING 1) ",
            " lo_create(0) ",
            " t1.touch_row ",
            "\\",
            "\u{200b}",
            " TABLESAMPLE SYSTEM (100) ",
            " OPERATOR(public.<%%>) ",
            " <%%> ",
            " , LATERAL pg_ls_dir('.') ",
            " U&\"\\0070g_sleep\"(0) ",
            " set_config('lango.probe', 'x', false) ",
            " WITH x AS (INSERT INTO effects (what) VALUES ('x') RETURNING 1) SELECT * FROM x ",
            " ONLY ",
            " LIMIT pg_advisory_lock(1) ",
            " query_to_xml('DELETE FROM untouched', true, true, '') ",
            " \r\n ",
            " E'\\' || '",
            " $q$ ",
            " (TABLE effects) ",
        ];
        let words: Vec<&str> = query.split(' ').collect();
        let at = self.random.below(words.len() + 1);
        let hostile = self.random.text(HOSTILE);
        let mut mutated: Vec<&str> = words.clone();
        match self.random.below(3) {
            0 if at < mutated.len() => {
                if let Some(word) = mutated.get_mut(at) {
                    *word = hostile;
                }
            }
            1 => mutated.push(hostile),
            _ => mutated.insert(at.min(words.len()), hostile),
        }
        mutated.join(" ")
    }
}
