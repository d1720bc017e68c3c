//! Connections that are encrypted.

use std::fs;

use aisle_tests::{Postgres, Server, import_sample, wait_for};
use anyhow::{Context, Result, ensure};

#[test]
fn a_connection_is_encrypted_when_asked_for_and_then_the_certificate_is_checked() -> Result<()> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let certificate = made.cert.pem();
    let postgres = Postgres::with_certificate(&certificate, &made.signing_key.serialize_pem())?;
    let data_dir = tempfile::tempdir()?;
    import_sample(data_dir.path())?;
    let url = format!("{}?sslmode=require", postgres.url());

    let server = Server::serve_with(data_dir.path(), &["--postgres", &url])?;
    wait_for("a certificate that nobody knows to be refused", || {
        let feed = server.get("/readyz")?.ok()?["feeds"][0].clone();
        let detail = feed["detail"].as_str().unwrap_or_default();
        Ok((feed["state"] == "stalled" && detail.contains("certificate")).then_some(()))
    })?;
    drop(server);
    ensure!(postgres.products("products")?.is_none());

    let root = data_dir.path().join("root.pem");
    fs::write(&root, &certificate)?;
    let more = ["--postgres", url.as_str()];
    let _server =
        Server::serve_with_variable(data_dir.path(), &more, ("PGSSLROOTCERT", root.as_path()))?;
    wait_for("the sample to be mirrored", || {
        Ok(postgres.products("products")?.filter(|products| !products.is_empty()))
    })?;
    let open = "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl \
                JOIN pg_stat_activity USING (pid) WHERE application_name = 'aisle'";
    let open = postgres.query(open)?;
    let open = open.first().context("no count")?;
    let (encrypted, all): (i64, i64) = (open.get(0), open.get(1));
    ensure!(encrypted > 0 && encrypted == all, "{encrypted} of {all} connections are encrypted");
    Ok(())
}
