//! People who sign in, and the telephones that get their codes.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::{Value, json};

use super::{Dev, Tenant, dev, http, until};

/// A password that everybody of these tests has.
pub(crate) const PASSWORD: &str = "the heron waits at the river gate";

/// Somebody with an account.
pub(crate) struct Account {
    pub(crate) tenant: String,
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) phone: String,
}

/// The tokens of a sign-in.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
}

/// A message as the server of WhatsApp would get it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// Asks one of the routes of `/auth/v1`.
pub(crate) async fn auth(path: &str, body: &Value) -> reqwest::Response {
    http()
        .post(format!("{}/auth/v1/{path}", dev().url))
        .json(body)
        .send()
        .await
        .unwrap()
}

/// The same with a token.
pub(crate) async fn auth_as(token: &str, path: &str, body: &Value) -> reqwest::Response {
    http()
        .post(format!("{}/auth/v1/{path}", dev().url))
        .bearer_auth(token)
        .json(body)
        .send()
        .await
        .unwrap()
}

/// What `GET /auth/v1/me` answers to a token.
pub(crate) async fn me(token: &str) -> reqwest::Response {
    http()
        .get(format!("{}/auth/v1/me", dev().url))
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
}

impl Tenant {
    /// Registers somebody who has yet to set a password.
    pub(crate) async fn register(&self, role: &str) -> Account {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let (email, phone) = (
            format!("person-{number}@duka.test"),
            format!("+2547{:08}", std::process::id() % 100_000 * 1_000 + number),
        );
        let body = json!({ "name": "A person", "role": role, "email": email, "phone": phone });
        let response = self
            .admin(http::Method::POST, "users")
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = response.status();
        let created: Value = response.json().await.unwrap();
        assert_eq!(status, 201, "{created}");
        Account {
            tenant: self.tenant_id.clone(),
            user_id: created["user_id"].as_str().unwrap().to_owned(),
            email,
            phone,
        }
    }

    /// Registers somebody who has set their password.
    pub(crate) async fn account(&self, role: &str) -> Account {
        let account = self.register(role).await;
        let invitation = self.invite(&account).await;
        let set = json!({ "invitation": invitation["invitation"], "new": PASSWORD });
        assert_eq!(auth("password", &set).await.status(), 204);
        account
    }

    /// Invites somebody to set a password.
    pub(crate) async fn invite(&self, account: &Account) -> Value {
        let path = format!("users/{}/invitation", account.user_id);
        let response = self
            .admin(http::Method::POST, &path)
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 201);
        response.json().await.unwrap()
    }

    /// Changes a user, whatever version they have.
    pub(crate) async fn change_user(&self, account: &Account, change: &Value) {
        let path = format!("users/{}", account.user_id);
        let response = self
            .admin(http::Method::PATCH, &path)
            .header("If-Match", "*")
            .json(change)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
    }
}

impl Account {
    /// What a sign-in with a password sends.
    pub(crate) fn login(&self, password: &str) -> Value {
        json!({ "tenant": self.tenant, "email": self.email, "password": password })
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self) -> Session {
        let response = auth("sign-in", &self.login(PASSWORD)).await;
        Session::of(response).await
    }

    /// Has a code sent to the telephone.
    pub(crate) async fn ask_for_code(&self) {
        let asked = json!({ "tenant": self.tenant, "phone": self.phone });
        assert_eq!(auth("codes", &asked).await.status(), 202);
    }

    /// What a sign-in with a code sends.
    pub(crate) fn with_code(&self, code: &str) -> Value {
        json!({ "tenant": self.tenant, "phone": self.phone, "code": code })
    }
}

impl Session {
    /// Reads the tokens of an answer.
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            id: text("session_id"),
        }
    }

    /// Whether its access token is in force.
    pub(crate) async fn is_in_force(&self) -> bool {
        me(&self.access).await.status() == 200
    }

    /// Asks for the next tokens.
    pub(crate) async fn refresh(&self) -> reqwest::Response {
        auth("refresh", &json!({ "refresh_token": self.refresh })).await
    }
}

static MESSAGES: Mutex<Vec<Message>> = Mutex::new(Vec::new());

/// Takes messages where the stack sends them; `false` where it sends none.
pub(crate) fn telephones_are_listened_to() -> bool {
    static SERVER: OnceLock<bool> = OnceLock::new();
    *SERVER.get_or_init(|| telephones_are_listened_to_of(dev()))
}

/// The same of a stack of a test's own, which is asked once.
pub(crate) fn telephones_are_listened_to_of(dev: &Dev) -> bool {
    let Some(port) = dev.whatsapp_port else {
        return false;
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || take(stream.unwrap()));
        }
    });
    true
}

fn take(mut stream: TcpStream) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let (head, body) = loop {
        let length = stream.read(&mut chunk).unwrap_or(0);
        bytes.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            break (head.to_owned(), body);
        }
        if length == 0 {
            return;
        }
    };
    MESSAGES.lock().unwrap().push(Message { head, body });
    let answer = json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": "254", "wa_id": "254" }],
        "messages": [{ "id": "wamid.test", "message_status": "accepted" }],
    })
    .to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{answer}",
        answer.len()
    );
}

/// The messages that a telephone has got so far.
pub(crate) fn messages_to(phone: &str) -> Vec<Message> {
    let digits = phone.trim_start_matches('+');
    let messages = MESSAGES.lock().unwrap();
    messages
        .iter()
        .filter(|message| message.body["to"] == digits)
        .cloned()
        .collect()
}

/// The last message to a telephone, once there are so many.
pub(crate) async fn message_to(phone: &str, number: usize) -> Message {
    until("a message", async || {
        let messages = messages_to(phone);
        let is_there = messages.len() >= number;
        is_there.then(|| messages.last().unwrap().clone())
    })
    .await
}

impl Message {
    /// The code that it carries.
    pub(crate) fn code(&self) -> String {
        let code = &self.body["template"]["components"][0]["parameters"][0]["text"];
        code.as_str().unwrap().to_owned()
    }
}
