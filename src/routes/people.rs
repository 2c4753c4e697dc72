//! What employees and customers have in common: how they are called and reached, and
//! whether they may do anything.

use lango_audit_log::Layer;
use lango_sign_in::{Email, PhoneNumber};
use lango_store::StoreError;

use super::call::{checked_name, store_failed};
use crate::{clock, denial::Denial};

/// What is known of a person.
pub(super) struct Details {
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) suspended_at: Option<i64>,
}

/// What of it is to change: absent leaves it, null clears it.
pub(super) struct Wanted {
    pub(super) name: Option<String>,
    pub(super) email: Option<Option<String>>,
    pub(super) phone: Option<Option<String>>,
    pub(super) suspended: Option<bool>,
}

impl Details {
    /// The same, changed. Who is suspended already stays so from the first moment.
    pub(super) fn changed(self, wanted: Wanted) -> Result<Self, Denial> {
        Ok(Self {
            name: match &wanted.name {
                Some(name) => checked_name(name)?.to_owned(),
                None => self.name,
            },
            email: match wanted.email {
                Some(email) => checked_email(email.as_deref())?,
                None => self.email,
            },
            phone: match wanted.phone {
                Some(phone) => checked_phone(phone.as_deref())?,
                None => self.phone,
            },
            suspended_at: match (wanted.suspended, self.suspended_at) {
                (Some(true), None) => Some(clock::now_ms()),
                (Some(false), _) => None,
                (_, since) => since,
            },
        })
    }
}

/// What a change is called in the log: `user.suspend`, `customer.change`.
pub(super) fn action(whose: &str, suspended: Option<bool>) -> String {
    let what = match suspended {
        Some(true) => "suspend",
        Some(false) => "restore",
        None => "change",
    };
    format!("{whose}.{what}")
}

/// An address in its one form.
pub(super) fn checked_email(text: Option<&str>) -> Result<Option<String>, Denial> {
    text.map(|text| {
        Email::parse(text)
            .map(|email| email.as_str().to_owned())
            .map_err(|error| refused("email", &error.to_string()))
    })
    .transpose()
}

/// A number in E.164.
pub(super) fn checked_phone(text: Option<&str>) -> Result<Option<String>, Denial> {
    text.map(|text| {
        PhoneNumber::parse(text)
            .map(|phone| phone.as_str().to_owned())
            .map_err(|error| refused("phone", &error.to_string()))
    })
    .transpose()
}

/// An address or a number is one person's.
pub(super) fn taken(error: &StoreError) -> Denial {
    if error.is_constraint() {
        let detail = "Somebody of this business has this address, number or phone already.";
        return Denial::new(Layer::Access, "conflict", 409, detail);
    }
    store_failed(error)
}

fn refused(member: &'static str, reason: &str) -> Denial {
    Denial::new(
        Layer::Screening,
        member,
        422,
        format!("{member}: {reason}."),
    )
}
