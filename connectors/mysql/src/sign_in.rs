//! From the server's greeting to a signed-in connection.

use lango_connector_database::Tls;
use lango_mysql_protocol::{
    AuthStep, Greeting, Method, PublicKey, ResponseParts, SEED_LENGTH, Scramble, auth_step,
    response, tls_request, with_zero,
};

use crate::failure::{self, Failed};
use crate::settings::Who;
use crate::transport::Transport;
use crate::wire::{LIMIT, Trouble, Wire};

/// `caching_sha2_password`: asks for the server's public key.
const ASK_FOR_KEY: [u8; 1] = [2];
/// A server that never comes to an end is none.
const MOST_STEPS: usize = 8;

/// Signs in over a stream that has just been opened.
pub(crate) async fn sign_in<S: Transport>(
    stream: S,
    who: &Who<'_>,
) -> Result<(Wire<S>, Greeting), Failed> {
    let mut wire = Wire::new(stream);
    let first = wire.hear(LIMIT).await.map_err(failure::at_greeting)?;
    let greeting = Greeting::parse(&first)
        .map_err(|violation| failure::at_greeting(violation.into()))?
        .map_err(|error| failure::refused(&error))?;
    let is_encrypted = match who.tls {
        Tls::Disable => false,
        Tls::Require | Tls::Prefer if greeting.offers_tls() => {
            wire.say(&tls_request(&greeting))
                .await
                .map_err(failure::while_signing_in)?;
            wire = wire.encrypted().await.map_err(failure::of_socket)?;
            true
        }
        Tls::Prefer => false,
        Tls::Require => return Err(failure::no_tls_offered()),
    };
    let mut proof = Proof {
        who,
        method: greeting.method.clone(),
        scramble: greeting.scramble.clone(),
        is_encrypted,
    };
    proof.respond(&mut wire, &greeting).await?;
    for _ in 0..MOST_STEPS {
        if proof.step(&mut wire).await? {
            return Ok((wire, greeting));
        }
    }
    Err(failure::no_common_method())
}

struct Proof<'a> {
    who: &'a Who<'a>,
    method: Method,
    scramble: Scramble,
    is_encrypted: bool,
}

impl Proof<'_> {
    async fn respond<S: Transport>(
        &mut self,
        wire: &mut Wire<S>,
        greeting: &Greeting,
    ) -> Result<(), Failed> {
        // The server's own wish may be a method that is not known here while the login's
        // is: it asks for that next.
        if matches!(self.method, Method::Other(_) | Method::Cleartext) {
            self.method = Method::NativePassword;
        }
        let proof = self
            .method
            .prove(self.who.password, &self.scramble, self.is_encrypted)
            .ok_or_else(failure::no_common_method)?;
        let packet = response(
            greeting,
            &ResponseParts {
                user: self.who.user,
                database: self.who.database,
                method: &self.method,
                proof: &proof,
                is_encrypted: self.is_encrypted,
            },
        );
        wire.say(&packet).await.map_err(failure::while_signing_in)
    }

    /// Whether it is signed in now.
    async fn step<S: Transport>(&mut self, wire: &mut Wire<S>) -> Result<bool, Failed> {
        let trouble = failure::while_signing_in;
        let packet = wire.hear(LIMIT).await.map_err(trouble)?;
        match auth_step(&packet).map_err(|it| trouble(it.into()))? {
            AuthStep::SignedIn => return Ok(true),
            AuthStep::ProofWasEnough => {}
            AuthStep::Refused(error) => return Err(failure::refused(&error)),
            AuthStep::Switch(method, scramble) => {
                let proof = method
                    .prove(self.who.password, &scramble, self.is_encrypted)
                    .ok_or_else(failure::no_common_method)?;
                (self.method, self.scramble) = (method, scramble);
                wire.say(&proof).await.map_err(trouble)?;
            }
            AuthStep::PasswordIsNeeded => self.give_password(wire).await?,
            AuthStep::More(_) => return Err(failure::no_common_method()),
        }
        Ok(false)
    }

    /// The server does not remember the login's hash: it wants the password.
    async fn give_password<S: Transport>(&self, wire: &mut Wire<S>) -> Result<(), Failed> {
        let trouble = failure::while_signing_in;
        if self.method != Method::CachingSha2 {
            return Err(failure::no_common_method());
        }
        if self.is_encrypted {
            let password = with_zero(self.who.password);
            return wire.say(&password).await.map_err(trouble);
        }
        wire.say(&ASK_FOR_KEY).await.map_err(trouble)?;
        let packet = wire.hear(LIMIT).await.map_err(trouble)?;
        let key = match auth_step(&packet).map_err(|it| trouble(it.into()))? {
            AuthStep::More(pem) => PublicKey::parse(&pem),
            AuthStep::Refused(error) => return Err(failure::refused(&error)),
            _ => None,
        };
        let mut seed = [0; SEED_LENGTH];
        let is_random = getrandom::fill(&mut seed).is_ok();
        let sealed = key
            .filter(|_| is_random)
            .and_then(|key| key.encrypt(self.who.password, &self.scramble, &seed))
            .ok_or_else(|| {
                trouble(Trouble::Violation(
                    lango_mysql_protocol::Violation::Malformed,
                ))
            })?;
        wire.say(&sealed).await.map_err(trouble)
    }
}
