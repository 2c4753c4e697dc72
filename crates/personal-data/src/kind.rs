//! What kinds of personal data there are, and sets of them.

/// The kind of what was found. The text form is stable: it stands in the tokens
/// that an assistant sees, such as `<phone_1>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A person's name.
    Name,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A postal address or a part of one.
    Address,
    /// A country, a region or a town by itself. Only when asked for.
    Location,
    /// A number that a state gave a person.
    NationalId,
    /// A tax number.
    TaxNumber,
    /// A passport's number.
    Passport,
    /// A driving licence's number.
    DriverLicence,
    /// A date of birth.
    DateOfBirth,
    /// A position on the globe.
    GeoPosition,
    /// A payment card's number.
    PaymentCard,
    /// An international bank account number.
    Iban,
    /// A bank account, a till, a paybill.
    Account,
    /// An internet address of a machine.
    IpAddress,
    /// The number of an order. Only when asked for.
    OrderId,
    /// The receipt of a mobile payment. Only when asked for.
    PaymentReceipt,
    /// A web address. Only when asked for.
    Url,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Name,
        Self::Phone,
        Self::Email,
        Self::Address,
        Self::Location,
        Self::NationalId,
        Self::TaxNumber,
        Self::Passport,
        Self::DriverLicence,
        Self::DateOfBirth,
        Self::GeoPosition,
        Self::PaymentCard,
        Self::Iban,
        Self::Account,
        Self::IpAddress,
        Self::OrderId,
        Self::PaymentReceipt,
        Self::Url,
    ];

    /// The stable text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Location => "location",
            Self::NationalId => "national_id",
            Self::TaxNumber => "tax_number",
            Self::Passport => "passport",
            Self::DriverLicence => "driver_licence",
            Self::DateOfBirth => "date_of_birth",
            Self::GeoPosition => "geo_position",
            Self::PaymentCard => "payment_card",
            Self::Iban => "iban",
            Self::Account => "account",
            Self::IpAddress => "ip_address",
            Self::OrderId => "order_id",
            Self::PaymentReceipt => "payment_receipt",
            Self::Url => "url",
        }
    }

    /// The kind of that text form.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it is only looked for when a policy names it: support work goes by
    /// order numbers and receipts, and towns say little about a person.
    #[must_use]
    pub const fn is_only_when_asked(self) -> bool {
        matches!(
            self,
            Self::Location | Self::OrderId | Self::PaymentReceipt | Self::Url
        )
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// All but those that are only looked for when asked.
    #[must_use]
    pub const fn usual() -> Self {
        Self((1 << Kind::ALL.len()) - 1)
            .without(Kind::Location)
            .without(Kind::OrderId)
            .without(Kind::PaymentReceipt)
            .without(Kind::Url)
    }

    /// These and `kind`.
    #[must_use]
    pub const fn with(self, kind: Kind) -> Self {
        Self(self.0 | 1 << kind as u32)
    }

    /// These without `kind`.
    #[must_use]
    pub const fn without(self, kind: Kind) -> Self {
        Self(self.0 & !(1 << kind as u32))
    }

    /// Whether `kind` is among them.
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u32 != 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}
