//! Where a text stands.

/// Where a text stands. What is ordinary in one place is evidence in another: a
/// person tells an assistant what to do, a payment reference does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Context {
    /// What the assistant passes to a tool for its user.
    UserArgument,
    /// A mail.
    Email,
    /// A support ticket.
    Ticket,
    /// A note in a customer record.
    CrmNote,
    /// A message of a chat.
    ChatMessage,
    /// A row of a spreadsheet.
    SpreadsheetRow,
    /// A row of a database.
    DbRow,
    /// A web page.
    WebPage,
    /// An entry of a calendar.
    Calendar,
    /// Any other document.
    Document,
    /// A text message.
    Sms,
    /// What a payer wrote beside a payment.
    PaymentReference,
    /// The definition of a tool.
    ToolDescription,
    /// What a tool answered, when nothing more is known about it.
    ToolResult,
}

/// Contexts that share a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContextClass {
    /// A user's own words.
    Argument,
    /// Text that somebody else wrote.
    Document,
    /// Text that tells the assistant what a tool is for.
    ToolDescription,
    /// Text that came back from a tool.
    Result,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 14] = [
        Self::UserArgument,
        Self::Email,
        Self::Ticket,
        Self::CrmNote,
        Self::ChatMessage,
        Self::SpreadsheetRow,
        Self::DbRow,
        Self::WebPage,
        Self::Calendar,
        Self::Document,
        Self::Sms,
        Self::PaymentReference,
        Self::ToolDescription,
        Self::ToolResult,
    ];

    /// The stable text form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserArgument => "user_argument",
            Self::Email => "email",
            Self::Ticket => "ticket",
            Self::CrmNote => "crm_note",
            Self::ChatMessage => "chat_message",
            Self::SpreadsheetRow => "spreadsheet_row",
            Self::DbRow => "db_row",
            Self::WebPage => "web_page",
            Self::Calendar => "calendar",
            Self::Document => "document",
            Self::Sms => "sms",
            Self::PaymentReference => "payment_reference",
            Self::ToolDescription => "tool_description",
            Self::ToolResult => "tool_result",
        }
    }

    /// The context of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// Which threshold holds here.
    #[must_use]
    pub const fn class(self) -> ContextClass {
        match self {
            Self::UserArgument => ContextClass::Argument,
            Self::ToolDescription => ContextClass::ToolDescription,
            Self::ToolResult => ContextClass::Result,
            _ => ContextClass::Document,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for context in Context::ALL {
            assert_eq!(Context::from_name(context.name()), Some(context));
        }
        assert_eq!(Context::from_name("Email"), None);
    }
}
