//! What was found, without the thing itself.

/// The kind of a secret. The text form is stable: it stands in the marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// An AWS access key id.
    AwsAccessKey,
    /// A GitHub token.
    GithubToken,
    /// A GitLab token.
    GitlabToken,
    /// A Slack token or webhook address.
    SlackToken,
    /// A Stripe key.
    StripeKey,
    /// A Google API key, client secret or access token.
    GoogleKey,
    /// An `OpenAI` key.
    OpenaiKey,
    /// An Anthropic key.
    AnthropicKey,
    /// A `SendGrid` key.
    SendgridKey,
    /// A Twilio key.
    TwilioKey,
    /// An npm token.
    NpmToken,
    /// A `PyPI` token.
    PypiToken,
    /// A Telegram bot token.
    TelegramToken,
    /// A token of another provider.
    ProviderToken,
    /// The hash of a password, in a crypt format.
    PasswordHash,
    /// A JSON Web Token; Lango's own API keys are such.
    Jwt,
    /// A private key in PEM form.
    PrivateKey,
    /// A password, in a URL or beside a word that names one.
    Password,
    /// A secret, token or key beside a word that names one.
    Secret,
    /// A code for one use, or a number that only the holder of a card or an account
    /// knows, beside a word that names it.
    OneTimeCode,
    /// What an Authorization header carries.
    Authorization,
    /// A payment card number.
    PaymentCard,
    /// An international bank account number.
    Iban,
    /// A Kenyan tax number.
    KraPin,
    /// Text that could not be redacted piece by piece.
    Text,
    /// Personal data of that kind, where a policy says that it goes.
    Personal(lango_personal_data::Kind),
    /// The whole value of a field, where a policy says that it goes.
    Field,
}

impl Kind {
    /// The stable text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwsAccessKey => "aws_access_key",
            Self::GithubToken => "github_token",
            Self::GitlabToken => "gitlab_token",
            Self::SlackToken => "slack_token",
            Self::StripeKey => "stripe_key",
            Self::GoogleKey => "google_key",
            Self::OpenaiKey => "openai_key",
            Self::AnthropicKey => "anthropic_key",
            Self::SendgridKey => "sendgrid_key",
            Self::TwilioKey => "twilio_key",
            Self::NpmToken => "npm_token",
            Self::PypiToken => "pypi_token",
            Self::TelegramToken => "telegram_token",
            Self::ProviderToken => "provider_token",
            Self::PasswordHash => "password_hash",
            Self::Jwt => "jwt",
            Self::PrivateKey => "private_key",
            Self::Password => "password",
            Self::Secret => "secret",
            Self::OneTimeCode => "one_time_code",
            Self::Authorization => "authorization",
            Self::PaymentCard => "payment_card",
            Self::Iban => "iban",
            Self::KraPin => "kra_pin",
            Self::Text => "text",
            Self::Personal(kind) => kind.as_str(),
            Self::Field => "value",
        }
    }

    /// Whether only the words around it gave the secret away. Where two finds
    /// overlap, the one with a form of its own names the kind.
    pub(crate) fn is_by_context(self) -> bool {
        matches!(
            self,
            Self::Password | Self::Secret | Self::OneTimeCode | Self::Authorization
        )
    }

    /// Whether it is a number that checks, which chance makes too.
    pub(crate) fn is_a_number(self) -> bool {
        matches!(self, Self::PaymentCard | Self::Iban | Self::KraPin)
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How many secrets of one kind were replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The kind.
    pub kind: Kind,
    /// How many; at least one.
    pub count: usize,
}
