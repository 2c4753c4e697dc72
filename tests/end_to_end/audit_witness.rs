//! A witness cosigns the checkpoints of a log: what it has signed is given out and verifies;
//! a witness that is away, refuses, or has seen another history holds nothing up, and it is
//! said what is the matter.

use lango_audit_log::{
    CheckpointVerifier, TreeHash, arguments_digest,
    export::{ExportVerifier, Misfit, Problem, Report},
    witness::WitnessKey,
};
use serde_json::{Value, json};

use crate::support::{Manners, Tenant, Witness, dev, free_port, start_own_stack_with};

/// A log that is witnessed.
struct Witnessed {
    tenant: Tenant,
    origin: String,
    keys: CheckpointVerifier,
    witness: Witness,
    key: WitnessKey,
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_are_cosigned_whatever_becomes_of_the_witness() {
    if !dev().is_plain_workerd() {
        return;
    }
    let data = std::env::temp_dir().join(format!("lango-witness-{}", std::process::id()));
    let url = format!(
        "LANGO_WITNESS_URL={}/witness",
        dev().webhooks_origin.as_deref().unwrap()
    );
    let key = format!("LANGO_WITNESS_KEY={}", Witness::key());
    let options = [
        "--var",
        &url,
        "--var",
        &key,
        "--var",
        "LANGO_WITNESS_SECONDS=1",
    ];
    let stack = start_own_stack_with(&data, free_port(), &options, &[]);
    let witness = Witness::listen(stack.dev.webhooks_port.unwrap());
    let tenant = Tenant::create_on(&stack.dev.url, &stack.dev.platform_admin, "enterprise").await;
    let log = Witnessed::of(tenant, witness).await;

    log.is_not_signed_while_unknown().await;
    log.is_signed_and_exported().await;
    log.goes_on_without().await;
    log.is_not_fooled().await;
    log.says_that_it_was_forked().await;
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
}

impl Witnessed {
    async fn of(tenant: Tenant, witness: Witness) -> Self {
        let known = tenant.get("audit/key").await;
        let keys = known["keys"].as_array().unwrap().iter();
        Self {
            origin: known["origin"].as_str().unwrap().to_owned(),
            keys: CheckpointVerifier::parse(keys.map(|key| key.as_str().unwrap())).unwrap(),
            key: WitnessKey::parse(&Witness::key()).unwrap(),
            tenant,
            witness,
        }
    }

    async fn is_not_signed_while_unknown(&self) {
        self.grow().await;
        let shown = self.until(|it| it["witness"]["problem"].is_string()).await;
        assert_eq!(shown["witness"]["problem"], "the witness answers 404");
        assert_eq!(shown["witness"]["name"], self.key.name());
        assert_eq!(shown["witness"]["size"], Value::Null);
        assert!(shown["witness"]["since"].is_string(), "{shown}");
        self.witness.know(&self.origin, self.keys.clone());
        self.is_signed().await;
        let answers = self.witness.answers(&self.origin);
        assert!(
            answers.starts_with(&[404]) && answers.ends_with(&[200]),
            "{answers:?}"
        );
    }

    async fn is_signed_and_exported(&self) {
        self.grow().await;
        let shown = self.is_signed().await;
        let (size, note) = (
            shown["size"].as_u64().unwrap(),
            shown["note"].as_str().unwrap(),
        );
        assert!(self.keys.verify(note).is_ok());
        assert!(self.key.read(note, note).unwrap().at_s > 1_700_000_000);

        // The export is an entry itself: another checkpoint is the newest then.
        let export = self.export(size).await;
        let report = self.verify(&export).unwrap();
        assert_eq!(report.checkpoint.size, size);
        assert_eq!(report.witnessed[0].0, self.key.name());
        let without: Vec<_> = export.lines().map(str::to_owned).collect();
        let line = note.lines().last().unwrap();
        let without = without.join("\n").replacen(&format!("{line}\\n"), "", 1);
        let misfit = self.verify(&without).unwrap_err();
        assert!(matches!(misfit.problem, Problem::Witness(..)), "{misfit}");
    }

    /// The log grows as if there were none, and the witness sees all of it in the end.
    async fn goes_on_without(&self) {
        let before = self.is_signed().await["size"].as_u64().unwrap();
        self.witness.behave(Manners::Away);
        self.grow().await;
        let away = self.until(|it| it["witness"]["problem"].is_string()).await;
        assert_eq!(away["witness"]["problem"], "the witness was not reached");
        assert!(
            away["witness"]["size"].as_u64() < away["size"].as_u64(),
            "{away}"
        );
        self.grow().await;
        self.witness.behave(Manners::Proper);
        assert!(self.is_signed().await["size"].as_u64().unwrap() > before + 1);
    }

    async fn is_not_fooled(&self) {
        self.witness.behave(Manners::Forging);
        self.grow().await;
        let forged = self.until(|it| it["witness"]["problem"].is_string()).await;
        let problem = "the cosignature is not of this checkpoint";
        assert_eq!(forged["witness"]["problem"], problem);
        // It has seen what it did not sign: it says so, and is sent the proof from there.
        self.witness.behave(Manners::Proper);
        self.grow().await;
        self.is_signed().await;
        let answers = self.witness.answers(&self.origin);
        assert!(
            answers.windows(2).any(|two| two == [409, 200]),
            "{answers:?}"
        );
    }

    async fn says_that_it_was_forked(&self) {
        let signed = self.is_signed().await;
        let checkpoint = self.keys.verify(signed["note"].as_str().unwrap()).unwrap();
        let other = TreeHash::of_leaf(&arguments_digest(&json!({})));
        let at = |size, root| {
            self.witness
                .set(&self.origin, self.keys.clone(), (size, root))
        };
        let forked = "the witness has seen another history";
        at(checkpoint.size, other);
        self.grow().await;
        self.until(|it| it["witness"]["problem"] == forked).await;
        assert!(self.witness.answers(&self.origin).contains(&422));
        at(checkpoint.size + 1_000, other);
        let problem = format!(
            "the witness has seen {} entries: some are missing",
            checkpoint.size + 1_000
        );
        self.until(|it| it["witness"]["problem"] == problem).await;
        // One that has forgotten some, because it was set up anew, signs again.
        at(1, self.root_of_one().await);
        self.is_signed().await;
    }

    /// The root of the first entry alone is its hash.
    async fn root_of_one(&self) -> TreeHash {
        let size = self.tenant.get("audit/checkpoint").await["size"]
            .as_u64()
            .unwrap();
        let export = self.export(size).await;
        let entry: Value = serde_json::from_str(export.lines().nth(1).unwrap()).unwrap();
        serde_json::from_value(entry["hash"].clone()).unwrap()
    }

    /// Something happens that the log takes in.
    async fn grow(&self) {
        self.tenant.key("viewer").await;
    }

    /// The newest checkpoint, once it is what is waited for.
    async fn until(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut shown = Value::Null;
        for _ in 0..300 {
            shown = self.tenant.get("audit/checkpoint").await;
            if is_it(&shown) {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{shown}, {:?}", self.witness.answers(&self.origin));
    }

    /// The newest checkpoint, once it is cosigned.
    async fn is_signed(&self) -> Value {
        self.until(|it| it["size"] == it["witness"]["size"] && it["witness"]["problem"].is_null())
            .await
    }

    async fn export(&self, size: u64) -> String {
        let path = format!("audit/export?tree_size={size}");
        let request = self.tenant.admin(http::Method::GET, &path);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    }

    fn verify(&self, export: &str) -> Result<Report, Misfit> {
        let verifier = ExportVerifier::new(self.keys.clone(), []).unwrap();
        let mut verifier = verifier.witnessed_by(vec![self.key.clone()]);
        for line in export.lines() {
            verifier.line(line)?;
        }
        verifier.finish()
    }
}
