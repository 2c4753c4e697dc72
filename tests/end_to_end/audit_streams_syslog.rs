//! A tenant's audit log reaches a real rsyslog: RFC 5424 over TLS.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{dev, free_port, siem::Streamed};

const ROLES: usize = 8;

/// A running rsyslogd, which writes what it takes to a file.
struct Rsyslog {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Rsyslog {
    fn start() -> Self {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("lango-rsyslog-{port}"));
        std::fs::create_dir_all(&folder).unwrap();
        let configuration = folder.join("rsyslog.conf");
        std::fs::write(&configuration, configured(&folder, port)).unwrap();
        let child = Command::new("rsyslogd")
            .arg("-n")
            .arg("-f")
            .arg(&configuration)
            .arg("-i")
            .arg(folder.join("pid"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("scripts/test installs rsyslog and rsyslog-gnutls");
        let rsyslog = Self {
            child,
            folder,
            port,
        };
        rsyslog.until_it_listens();
        rsyslog
    }

    fn until_it_listens(&self) {
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "rsyslogd is not up"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(self.folder.join("taken"))
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// With the stack's own certificate for `localhost`, whose authority connectors trust.
fn configured(folder: &Path, port: u16) -> String {
    let certificates = dev().folder.join("certificates");
    let file = |name: &str| certificates.join(name).display().to_string();
    format!(
        "global(workDirectory=\"{folder}\" maxMessageSize=\"64k\" \
           defaultNetstreamDriver=\"gtls\" defaultNetstreamDriverCAFile=\"{authority}\" \
           defaultNetstreamDriverCertFile=\"{certificate}\" \
           defaultNetstreamDriverKeyFile=\"{key}\")\n\
         module(load=\"imtcp\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\" \
           streamDriver.authMode=\"anon\")\n\
         template(name=\"parts\" type=\"list\") {{\n\
           property(name=\"pri\") constant(value=\" \") property(name=\"timereported\" \
             dateFormat=\"rfc3339\") constant(value=\" \")\n\
           property(name=\"hostname\") constant(value=\" \") property(name=\"app-name\") \
             constant(value=\" \")\n\
           property(name=\"procid\") constant(value=\" \") property(name=\"msgid\") \
             constant(value=\" \")\n\
           property(name=\"structured-data\") constant(value=\"|\") property(name=\"msg\") \
             constant(value=\"\\n\")\n\
         }}\n\
         input(type=\"imtcp\" port=\"{port}\" supportOctetCountedFraming=\"on\")\n\
         action(type=\"omfile\" file=\"{taken}\" template=\"parts\")\n",
        folder = folder.display(),
        authority = file("authority.pem"),
        certificate = file("localhost.pem"),
        key = file("localhost.key"),
        taken = folder.join("taken").display(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn rsyslog_takes_frames_over_tls() {
    for format in ["cef", "ocsf"] {
        let rsyslog = Rsyslog::start();
        let credentials = json!({"receiver": "syslog", "host": "localhost",
            "port": rsyslog.port.to_string(), "source": "lango.test"});
        let stream = Streamed::to(credentials, format).await;
        stream.make_roles(0..ROLES).await;
        let began = Instant::now();
        let is_of_role = |line: &String| line.contains("role.create");
        while rsyslog
            .lines()
            .iter()
            .filter(|line| is_of_role(line))
            .count()
            < ROLES
        {
            assert!(
                began.elapsed() < Duration::from_secs(90),
                "{:?} {:?}",
                rsyslog.lines(),
                stream.tenant.get(&stream.path).await,
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let tenant = &stream.tenant.tenant_id;
        let lines = rsyslog.lines();
        let mut sequence = Vec::new();
        for line in &lines {
            let (head, message) = line.split_once('|').unwrap();
            let parts: Vec<_> = head.splitn(7, ' ').collect();
            assert_eq!(
                parts[2..6],
                ["lango.test", "lango", tenant, "action"],
                "{line}"
            );
            let number = parts[6].split("sequenceId=\"").nth(1).unwrap();
            sequence.push(number.split('"').next().unwrap().parse::<u64>().unwrap());
            match format {
                "cef" => assert!(message.trim_start().starts_with("CEF:0|Lango|"), "{line}"),
                _ => {
                    let event: serde_json::Value = serde_json::from_str(message).unwrap();
                    assert_eq!(event["class_uid"], 6003);
                }
            }
        }
        sequence.dedup();
        let all: Vec<_> = (1..=u64::try_from(sequence.len()).unwrap()).collect();
        assert_eq!(sequence, all, "in order and without a gap");
    }
}
