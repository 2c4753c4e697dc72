//! The rows of a demo business, from a seed.

use chrono::{Datelike as _, Days, NaiveDate};

use super::{
    dice::Dice,
    people::{kra_pin, mpesa_code, name, national_id, phone},
    table::{NULL, Table},
    traps::{HOSTILE_MAIL, Traps},
    words::{BUSINESS_KINDS, JOB_TITLES, NOTES, PLACES, PRODUCTS, SUBJECTS},
};

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Customers; everything else follows from it.
    pub(crate) customers: u32,
    /// Orders.
    pub(crate) orders: u32,
}

/// Everything in a demo business's database.
pub(crate) struct Dataset {
    /// The tables, referenced ones first.
    pub(crate) tables: Vec<Table>,
    /// The traps among the rows, for tests that look for them.
    #[cfg(test)]
    pub(crate) traps: Traps,
}

/// Makes the rows: the same seed and size give the same rows.
pub(crate) fn generate(seed: u64, size: Size) -> Dataset {
    let mut dice = Dice::new(seed);
    let traps = Traps::new(&mut dice);
    let people = [staff(&mut dice), customers(&mut dice, size)];
    let products = products(&mut dice);
    let trade = Trade::generate(&mut dice, size);
    let notes = notes(&mut dice, size, &traps);
    let emails = emails(&mut dice, size, &traps);
    let mut tables = Vec::from(people);
    tables.push(products);
    tables.extend([trade.orders, trade.items, trade.invoices, trade.payments]);
    tables.extend([notes, emails]);
    Dataset {
        tables,
        #[cfg(test)]
        traps,
    }
}

/// The demo's last day; fixed, so that the rows do not depend on today.
fn day(days_ago: u32) -> NaiveDate {
    let last = NaiveDate::from_ymd_opt(2026, 11, 15).unwrap_or_default();
    last.checked_sub_days(Days::new(days_ago.into()))
        .unwrap_or(last)
}

/// A moment of business hours.
fn moment(dice: &mut Dice, date: NaiveDate) -> String {
    format!(
        "{date} {:02}:{:02}:00+03",
        dice.between(7, 18),
        dice.between(0, 59)
    )
}

fn staff(dice: &mut Dice) -> Table {
    let mut table = Table::new("staff");
    for (id, (title, salary)) in (1_u32..).zip(JOB_TITLES) {
        let (first, last) = name(dice);
        table.push(&[
            &id,
            &format!("{first} {last}"),
            title,
            &phone(dice),
            &national_id(dice),
            &kra_pin(dice, 'A'),
            &(salary + 500 * dice.between(0, 9)),
            &day(dice.between(200, 3_000)),
        ]);
    }
    table
}

fn customers(dice: &mut Dice, size: Size) -> Table {
    let mut table = Table::new("customers");
    for id in 1..=size.customers {
        let (first, last) = name(dice);
        let kind = dice.between(0, last_index(BUSINESS_KINDS)) as usize;
        let place = dice.between(0, last_index(PLACES)) as usize;
        let (kind, suffix) = BUSINESS_KINDS[kind];
        let (town, estate) = PLACES[place];
        let contact = format!("{first} {last}");
        let email = if dice.chance(60) {
            format!(
                "{}.{}{id}@example.co.ke",
                first.to_lowercase(),
                last.to_lowercase()
            )
        } else {
            NULL.to_owned()
        };
        let pin = if dice.chance(80) {
            kra_pin(dice, 'P')
        } else {
            NULL.to_owned()
        };
        table.push(&[
            &id,
            &format!("{last} {suffix} {estate}"),
            &kind,
            &contact,
            &phone(dice),
            &email,
            &pin,
            &town,
            &estate,
            &(dice.between(2, 60) * 10_000),
            &day(dice.between(30, 1_500)),
        ]);
    }
    table
}

fn products(dice: &mut Dice) -> Table {
    let mut table = Table::new("products");
    for (id, (name, unit, price)) in (1_u32..).zip(PRODUCTS) {
        table.push(&[
            &id,
            &format!("SKU-{id:04}"),
            name,
            unit,
            price,
            &dice.between(0, 900),
        ]);
    }
    table
}

struct Trade {
    orders: Table,
    items: Table,
    invoices: Table,
    payments: Table,
}

impl Trade {
    fn generate(dice: &mut Dice, size: Size) -> Self {
        let mut trade = Self {
            orders: Table::new("orders"),
            items: Table::new("order_items"),
            invoices: Table::new("invoices"),
            payments: Table::new("payments"),
        };
        for order in 1..=size.orders {
            // The year's orders, oldest first.
            let days_ago = 365 - 365 * order / size.orders;
            trade.order(dice, size, order, days_ago);
        }
        trade
    }

    fn order(&mut self, dice: &mut Dice, size: Size, order: u32, days_ago: u32) {
        let status = match dice.between(1, 100) {
            1..=4 => "cancelled",
            5..=8 if days_ago < 7 => "draft",
            9..=30 if days_ago < 7 => "confirmed",
            _ => "delivered",
        };
        self.orders.push(&[
            &order,
            &dice.between(1, size.customers),
            &dice.between(4, 6),
            &status,
            &moment(dice, day(days_ago)),
        ]);
        let mut net = 0;
        for line in 1..=dice.between(1, 5) {
            let product = dice.between(1, last_index(PRODUCTS) + 1);
            let quantity = dice.between(1, 20);
            let price = PRODUCTS[product as usize - 1].2;
            net += quantity * price;
            self.items
                .push(&[&order, &line, &product, &quantity, &price]);
        }
        if status == "delivered" {
            self.invoice(dice, order, days_ago, net);
        }
    }

    fn invoice(&mut self, dice: &mut Dice, order: u32, days_ago: u32, net: u32) {
        let id = self.invoices.rows + 1;
        let issued = day(days_ago);
        let paid = dice.chance(if days_ago > 45 { 96 } else { 55 });
        let status = match (paid, days_ago > 30) {
            (true, _) => "paid",
            (false, true) => "overdue",
            (false, false) => "open",
        };
        // Cents, because 16 % of whole shillings has them.
        let (net, vat) = (u64::from(net) * 100, u64::from(net) * 16);
        let shillings = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
        let total = shillings(net + vat);
        self.invoices.push(&[
            &id,
            &format!("INV-{}-{id:05}", issued.year()),
            &order,
            &issued,
            &issued.checked_add_days(Days::new(30)).unwrap_or(issued),
            &shillings(net),
            &shillings(vat),
            &total,
            &status,
        ]);
        if paid {
            self.payment(dice, id, days_ago, &total);
        }
    }

    fn payment(&mut self, dice: &mut Dice, invoice: u32, days_ago: u32, amount: &str) {
        let date = day(days_ago.saturating_sub(dice.between(0, 28)));
        let method = match dice.between(1, 100) {
            1..=72 => "mpesa",
            73..=92 => "bank",
            _ => "cash",
        };
        let (code, payer) = if method == "mpesa" {
            (
                mpesa_code(dice, date.year(), date.month(), date.day()),
                phone(dice),
            )
        } else {
            (NULL.to_owned(), NULL.to_owned())
        };
        self.payments.push(&[
            &(self.payments.rows + 1),
            &invoice,
            &method,
            &code,
            &payer,
            &amount,
            &moment(dice, date),
        ]);
    }
}

fn notes(dice: &mut Dice, size: Size, traps: &Traps) -> Table {
    let mut table = Table::new("customer_notes");
    for id in 1..=size.customers.max(60) {
        let body = traps
            .note(id)
            .unwrap_or_else(|| dice.pick(NOTES).to_owned());
        let customer = dice.between(1, size.customers);
        let date = day(dice.between(0, 300));
        table.push(&[
            &id,
            &customer,
            &dice.between(4, 6),
            &body,
            &moment(dice, date),
        ]);
    }
    table
}

fn emails(dice: &mut Dice, size: Size, traps: &Traps) -> Table {
    let mut table = Table::new("emails");
    for id in 1..=size.customers.max(40) {
        let (first, _) = name(dice);
        let subject = if id == HOSTILE_MAIL {
            traps.mail_subject.as_str()
        } else {
            dice.pick(SUBJECTS)
        };
        let body = format!(
            "Hello, {}. Please call me on {}. Regards, {first}",
            subject_line(subject),
            phone(dice)
        );
        let customer = dice.between(1, size.customers);
        let date = day(dice.between(0, 200));
        table.push(&[&id, &customer, &subject, &body, &moment(dice, date)]);
    }
    table
}

/// What a mail is about, in running text; the hostile one stays in the subject.
fn subject_line(subject: &str) -> String {
    if subject.starts_with("Ignore") {
        "please see the subject".to_owned()
    } else {
        format!("this is about: {}", subject.to_lowercase())
    }
}

fn last_index<T>(list: &[T]) -> u32 {
    u32::try_from(list.len().saturating_sub(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        customers: 80,
        orders: 200,
    };

    fn rows(seed: u64) -> Vec<String> {
        generate(seed, SIZE)
            .tables
            .into_iter()
            .map(|table| table.text)
            .collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_rows() {
        assert_eq!(rows(7), rows(7));
        assert_eq!(generate(7, SIZE).traps, generate(7, SIZE).traps);
    }

    #[test]
    fn another_seed_gives_other_rows_and_other_traps() {
        let (one, other) = (rows(7), rows(8));
        // Products differ in their stock alone, but they do differ.
        assert!(one.iter().zip(&other).all(|(one, other)| one != other));
        assert_ne!(
            generate(7, SIZE).traps.api_key,
            generate(8, SIZE).traps.api_key
        );
    }

    #[test]
    fn every_trap_is_among_the_rows_once() {
        let dataset = generate(7, SIZE);
        let everything: String = dataset
            .tables
            .iter()
            .map(|table| table.text.as_str())
            .collect();
        for (name, value) in dataset.traps.values() {
            assert_eq!(everything.matches(value).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_row_has_a_cell_for_each_column() {
        let columns = [8, 11, 6, 5, 5, 9, 7, 5, 5];
        for (table, columns) in generate(7, SIZE).tables.iter().zip(columns) {
            assert_eq!(table.text.lines().count(), table.rows as usize);
            for line in table.text.lines() {
                assert_eq!(line.split('\t').count(), columns, "{}: {line}", table.name);
            }
        }
    }
}
