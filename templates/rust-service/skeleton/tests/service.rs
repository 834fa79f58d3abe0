//! Starts the service as it will run, asks it over HTTP, and stops it as its platform will.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use ureq::Agent;

const SERVICE: &str = env!("CARGO_BIN_EXE_${{ values.name }}");

struct Service {
    process: Child,
    logs: Lines<BufReader<ChildStdout>>,
    address: String,
    client: Agent,
}

impl Service {
    /// Starts the service on a free port, which it tells in its log.
    fn start() -> Self {
        let mut process = Command::new(SERVICE)
            .envs([
                ("ADDRESS", "127.0.0.1:0"),
                ("DRAIN_SECONDS", "2"),
                ("RUST_LOG", "info"),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the service should start");
        let stdout = process.stdout.take().expect("its output is piped");
        let mut service = Self {
            process,
            logs: BufReader::new(stdout).lines(),
            address: String::new(),
            client: Agent::config_builder()
                .http_status_as_error(false)
                .build()
                .into(),
        };
        let listening = service.wait_for("listening");
        service.address = String::from(listening["address"].as_str().expect("an address"));
        service
    }

    /// The fields of the next log line with this message.
    fn wait_for(&mut self, message: &str) -> serde_json::Value {
        for line in self.logs.by_ref() {
            let line = line.expect("the log should be readable");
            let line: serde_json::Value = serde_json::from_str(&line).expect("logs should be JSON");
            if line["fields"]["message"] == message {
                return line["fields"].clone();
            }
        }
        panic!("the log ended without {message:?}");
    }

    fn get(&self, path: &str) -> (u16, String) {
        let mut response = self
            .client
            .get(format!("http://{}{path}", self.address))
            .call()
            .expect("the service should answer");
        let body = response.body_mut().read_to_string().expect("a text");
        (response.status().as_u16(), body)
    }

    fn terminate(&self) {
        // The shell's own kill: small images have no other.
        let status = Command::new("sh")
            .args(["-c", &format!("kill {}", self.process.id())])
            .status();
        assert!(status.expect("a shell should run").success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It is gone already unless the test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn answers_and_counts_requests() {
    let service = Service::start();

    assert_eq!(service.get("/"), (200, "\"hello\"".to_owned()));
    assert_eq!(service.get("/health/live").0, 200);
    assert_eq!(service.get("/health/ready").0, 200);
    assert_eq!(service.get("/nothing").0, 404);

    let (status, metrics) = service.get("/metrics");
    assert_eq!(status, 200);
    let counted = r#"http_request_duration_seconds_count{method="GET",route="/",status="200"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn drains_before_it_stops() {
    let mut service = Service::start();

    service.terminate();
    service.wait_for("draining");
    assert_eq!(service.get("/health/live").0, 200);
    assert_eq!(service.get("/health/ready").0, 503);

    service.wait_for("stopped");
    let status = service.process.wait().expect("the service should end");
    assert!(status.success(), "{status}");
}
