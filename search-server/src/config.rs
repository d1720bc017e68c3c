//! The configuration: a file as it is written, overridden by flags, then checked.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use indexer::mongo::Namespace;
use indexer::postgres::{PostgresError, PostgresUrl};
use ipnet::IpNet;
use serde::Deserialize;

use crate::access::{Access, KeyRing, Origin, Origins, Rate, RateLimits, TrustedProxies};
use crate::cli::{DemoArgs, LogFormat, ServeArgs};
use crate::http::TlsFiles;

const DEFAULT_PORT: u16 = 7700;
const DEFAULT_PAGE_CACHE_MIB: u64 = 64;
const DEFAULT_SEGMENT_CACHE_MIB: usize = 256;
const MAX_THREADS: usize = 1_024;
const MIB: usize = 1024 * 1024;

/// The file as it is written.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawConfig {
    data_dir: Option<PathBuf>,
    listen: Option<SocketAddr>,
    insecure_listen: bool,
    page_cache_mb: Option<u64>,
    segment_cache_mb: Option<usize>,
    threads: Option<usize>,
    log_format: Option<LogFormat>,
    synonyms: BTreeMap<String, PathBuf>,
    mongodb: Option<String>,
    follow: Vec<FollowConfig>,
    postgres: Option<String>,
    cors_origins: Vec<Origin>,
    trusted_proxies: Vec<IpNet>,
    rate_limits: RawRateLimits,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
}

/// A collection of MongoDB and the file of the catalogue that it goes into.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowConfig {
    /// The collection.
    pub namespace: Namespace,
    /// The file of the catalogue.
    pub catalog: PathBuf,
}

/// The table of rate limits as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawRateLimits {
    per_address: Option<Rate>,
    per_key: Option<Rate>,
}

/// What a server is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The address to serve on.
    pub listen: SocketAddr,
    /// Whether other machines may reach the address though no key is needed.
    pub insecure_listen: bool,
    /// Bytes for pages already answered; 0: none are kept.
    pub page_cache_bytes: u64,
    /// Bytes for filters and counts of segments; 0: none are kept.
    pub segment_cache_bytes: usize,
    /// Threads that search; 0: one for each core.
    pub threads: usize,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Files of synonyms by the names of their catalogues.
    pub synonym_files: BTreeMap<String, PathBuf>,
    /// Where the MongoDB is whose collections are followed.
    pub mongodb: Option<String>,
    /// The collections that are followed.
    pub follow: Vec<FollowConfig>,
    /// Where the PostgreSQL is that the catalogues are kept in as well.
    pub postgres: Option<PostgresUrl>,
    /// Origins whose pages may ask from a browser.
    pub origins: Origins,
    /// Proxies whose word on a caller's address is taken.
    pub proxies: TrustedProxies,
    /// Requests of one address.
    pub rate_per_address: Option<Rate>,
    /// Requests with one key.
    pub rate_per_key: Option<Rate>,
    /// The certificate, when HTTPS is served.
    pub tls: Option<TlsFiles>,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a key or value that it must not have.
    #[error("{}: {source}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: toml::de::Error,
    },
    /// No data directory was named.
    #[error("no data directory: give --data-dir, or data_dir in the configuration file")]
    NoDataDir,
    /// Other machines could reach the address.
    #[error(
        "{listen} can be reached from other machines and no key has been created, so that whoever \
         reaches it could read and write; create one with `search-server keys create --scope admin \
         --data-dir {}`, listen on 127.0.0.1, or give --insecure-listen", data_dir.display()
    )]
    Exposed {
        /// The address.
        listen: SocketAddr,
        /// Where a key would be.
        data_dir: PathBuf,
    },
    /// There is something to follow and nowhere to follow it from, or the other way round.
    #[error("following needs --mongodb, --namespace and --catalog (mongodb and [[follow]]), {0}")]
    Follow(&'static str),
    /// The URL of PostgreSQL cannot be read; it is not repeated, for it may hold a password.
    #[error("postgres: {0}")]
    Postgres(#[from] PostgresError),
    /// A certificate without a key, or a key without a certificate.
    #[error("give both tls_cert and tls_key, or neither")]
    HalfTls,
    /// A number is out of its range.
    #[error("{key}: expected at most {max}, got {got}")]
    TooLarge {
        /// The key.
        key: &'static str,
        /// The largest value.
        max: usize,
        /// What came.
        got: u64,
    },
}

impl Config {
    /// The configuration of `serve`.
    pub(crate) fn of_serve(
        args: ServeArgs,
        log_format: Option<LogFormat>,
    ) -> Result<Self, ConfigError> {
        let file = match &args.config {
            Some(path) => RawConfig::load(path)?,
            None => RawConfig::default(),
        };
        let mut synonyms = file.synonyms;
        synonyms.extend(args.synonyms.into_iter().map(|of| (of.catalog, of.file)));
        RawConfig {
            data_dir: args.data_dir.or(file.data_dir),
            listen: args.listen.or(file.listen),
            insecure_listen: args.insecure_listen || file.insecure_listen,
            page_cache_mb: args.page_cache_mb.or(file.page_cache_mb),
            segment_cache_mb: args.segment_cache_mb.or(file.segment_cache_mb),
            threads: args.threads.or(file.threads),
            log_format: log_format.or(file.log_format),
            synonyms,
            mongodb: args.mongodb.or(file.mongodb),
            follow: match args.namespace.len() == args.catalog.len() {
                true if args.namespace.is_empty() => file.follow,
                true => args
                    .namespace
                    .into_iter()
                    .zip(args.catalog)
                    .map(|(namespace, catalog)| FollowConfig { namespace, catalog })
                    .collect(),
                false => return Err(ConfigError::Follow("a --catalog for each --namespace")),
            },
            postgres: args.postgres.or(file.postgres),
            cors_origins: either(args.cors_origins, file.cors_origins),
            trusted_proxies: either(args.trusted_proxies, file.trusted_proxies),
            rate_limits: file.rate_limits,
            tls_cert: args.tls_cert.or(file.tls_cert),
            tls_key: args.tls_key.or(file.tls_key),
        }
        .validate()
    }

    /// The configuration of `demo`, with its index in `data_dir`.
    pub(crate) fn of_demo(
        args: &DemoArgs,
        data_dir: &Path,
        log_format: Option<LogFormat>,
    ) -> Result<Self, ConfigError> {
        RawConfig {
            data_dir: Some(data_dir.to_owned()),
            listen: Some((Ipv4Addr::LOCALHOST, args.port).into()),
            log_format,
            ..RawConfig::default()
        }
        .validate()
    }

    /// Who may ask for what; an address that others can reach needs keys.
    pub(crate) fn access(&self) -> anyhow::Result<Access> {
        let keys = KeyRing::of(&self.data_dir)?;
        if !keys.is_needed() && !self.listen.ip().is_loopback() && !self.insecure_listen {
            let (listen, data_dir) = (self.listen, self.data_dir.clone());
            return Err(ConfigError::Exposed { listen, data_dir }.into());
        }
        Ok(Access {
            keys,
            rates: RateLimits::new(self.rate_per_address, self.rate_per_key),
            proxies: self.proxies.clone(),
            origins: self.origins.clone(),
        })
    }
}

impl RawConfig {
    fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Invalid { path: path.to_owned(), source })?;
        let dir = path.parent().unwrap_or(Path::new(""));
        let files = config.synonyms.values_mut().chain(&mut config.tls_cert);
        files.chain(&mut config.tls_key).for_each(|file| *file = dir.join(&*file));
        Ok(config)
    }

    fn validate(self) -> Result<Config, ConfigError> {
        let listen = self.listen.unwrap_or((Ipv4Addr::LOCALHOST, DEFAULT_PORT).into());
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
            (None, None) => None,
            _ => return Err(ConfigError::HalfTls),
        };
        let page_cache_mib = self.page_cache_mb.unwrap_or(DEFAULT_PAGE_CACHE_MIB);
        let segment_cache_mib = self.segment_cache_mb.unwrap_or(DEFAULT_SEGMENT_CACHE_MIB);
        let threads = self.threads.unwrap_or(0);
        // The URI may come from the environment, for another program.
        if self.mongodb.is_none() && !self.follow.is_empty() {
            return Err(ConfigError::Follow("where MongoDB is was not said"));
        }
        let max_mib = usize::MAX / MIB;
        at_most("page_cache_mb", max_mib, page_cache_mib)?;
        at_most("segment_cache_mb", max_mib, segment_cache_mib as u64)?;
        at_most("threads", MAX_THREADS, threads as u64)?;
        Ok(Config {
            data_dir: self.data_dir.ok_or(ConfigError::NoDataDir)?,
            listen,
            insecure_listen: self.insecure_listen,
            page_cache_bytes: page_cache_mib * MIB as u64,
            segment_cache_bytes: segment_cache_mib * MIB,
            threads,
            log_format: self.log_format.unwrap_or_default(),
            synonym_files: self.synonyms,
            mongodb: self.mongodb,
            follow: self.follow,
            postgres: self.postgres.map(|url| url.parse()).transpose()?,
            origins: Origins::new(self.cors_origins),
            proxies: TrustedProxies::new(self.trusted_proxies),
            rate_per_address: self.rate_limits.per_address,
            rate_per_key: self.rate_limits.per_key,
            tls,
        })
    }
}

/// A list that was given by flags takes the place of the file's.
fn either<T>(flags: Vec<T>, file: Vec<T>) -> Vec<T> {
    if flags.is_empty() { file } else { flags }
}

fn at_most(key: &'static str, max: usize, got: u64) -> Result<(), ConfigError> {
    if got > max as u64 {
        return Err(ConfigError::TooLarge { key, max, got });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::*;
    use crate::access::{KeyRequest, Scope, key_file_of};
    use crate::cli::{Cli, Command};

    fn config(file: &str, flags: &[&str]) -> Result<Config, String> {
        let mut written = tempfile::NamedTempFile::new().unwrap();
        written.write_all(file.as_bytes()).unwrap();
        let path = written.path().to_str().unwrap();
        let line = [&["search-server", "serve", "--config", path], flags].concat();
        let cli = Cli::try_parse_from(line).unwrap();
        let Command::Serve(args) = cli.command else { panic!("expected serve") };
        Config::of_serve(*args, cli.log_format)
            .map_err(|error| error.to_string().replace(path, "server.toml"))
    }

    #[test]
    fn flags_override_the_file_and_the_file_the_defaults() {
        let file = "data_dir = \"from-file\"\npage_cache_mb = 7\nlog_format = \"json\"\n";
        let config = config(file, &["--data-dir", "from-flag", "--listen", "[::1]:0"]).unwrap();
        assert_eq!(
            config,
            Config {
                data_dir: "from-flag".into(),
                listen: "[::1]:0".parse().unwrap(),
                insecure_listen: false,
                page_cache_bytes: 7 * 1024 * 1024,
                segment_cache_bytes: 256 * 1024 * 1024,
                threads: 0,
                log_format: LogFormat::Json,
                synonym_files: BTreeMap::new(),
                mongodb: None,
                follow: Vec::new(),
                postgres: None,
                origins: Origins::default(),
                proxies: TrustedProxies::default(),
                rate_per_address: None,
                rate_per_key: None,
                tls: None,
            }
        );
    }

    #[test]
    fn limits_origins_and_proxies() {
        let file = "data_dir = \"d\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n\
                    cors_origins = [\"https://a.example\"]\n[rate_limits]\n\
                    per_key = { requests_per_second = 50, burst = 100 }\n";
        let flags = ["--cors-origin", "http://b.example", "--cors-origin", "http://c.example"];
        let config = config(file, &flags).unwrap();
        let origins = ["http://b.example", "http://c.example"].map(|text| text.parse().unwrap());
        assert_eq!(config.origins, Origins::new(origins));
        assert_eq!(config.proxies, TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]));
        let number = std::num::NonZeroU32::new;
        let rate = Rate { requests_per_second: number(50).unwrap(), burst: number(100) };
        assert_eq!((config.rate_per_key, config.rate_per_address), (Some(rate), None));
    }

    #[test]
    fn synonym_files_are_beside_the_configuration_and_flags_override_them() {
        let file = "data_dir = \"d\"\n[synonyms]\na = \"a.txt\"\nb = \"/b.txt\"\nc = \"c.txt\"\n";
        let files = config(file, &["--synonyms", "a=x=y.txt"]).unwrap().synonym_files;
        let beside = std::env::temp_dir().join("c.txt");
        let expected = [("a", PathBuf::from("x=y.txt")), ("b", "/b.txt".into()), ("c", beside)];
        assert_eq!(files, expected.map(|(name, file)| (name.to_owned(), file)).into());
        for wrong in ["a.txt", "=a.txt", "a="] {
            let line = ["search-server", "serve", "--data-dir", "d", "--synonyms", wrong];
            assert!(Cli::try_parse_from(line).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_configuration_is_refused_with_its_place() {
        insta::assert_snapshot!(config("data_dir = \"d\"\npage_cache = 1\n", &[]).unwrap_err(), @r#"
server.toml: TOML parse error at line 2, column 1
  |
2 | page_cache = 1
  | ^^^^^^^^^^
unknown field `page_cache`, expected one of `data_dir`, `listen`, `insecure_listen`, `page_cache_mb`, `segment_cache_mb`, `threads`, `log_format`, `synonyms`, `mongodb`, `follow`, `postgres`, `cors_origins`, `trusted_proxies`, `rate_limits`, `tls_cert`, `tls_key`
"#);
        insta::assert_snapshot!(config("listen = \"localhost\"", &[]).unwrap_err(), @r#"
server.toml: TOML parse error at line 1, column 10
  |
1 | listen = "localhost"
  |          ^^^^^^^^^^^
invalid socket address syntax
"#);
        insta::assert_snapshot!(config("", &[]).unwrap_err(), @"no data directory: give --data-dir, or data_dir in the configuration file");
        insta::assert_snapshot!(config("data_dir = \"d\"\ntls_cert = \"c\"", &[]).unwrap_err(), @"give both tls_cert and tls_key, or neither");
        let error = config("data_dir = \"d\"", &["--postgres", "mysql://u:s3cret@h"]).unwrap_err();
        assert!(error.starts_with("postgres: expected") && !error.contains("s3cret"), "{error}");
        insta::assert_snapshot!(config("threads = 5000", &["--data-dir", "d"]).unwrap_err(), @"threads: expected at most 1024, got 5000");
    }

    #[test]
    fn collections_to_follow_come_from_flags_or_from_the_file() {
        let file = "data_dir = \"d\"\nmongodb = \"mongodb://db\"\n[[follow]]\n\
                    namespace = \"shop.products\"\ncatalog = \"products.toml\"\n";
        let one = |namespace: &str, catalog: &str| {
            vec![FollowConfig { namespace: namespace.parse().unwrap(), catalog: catalog.into() }]
        };
        let of_file = config(file, &[]).unwrap();
        assert_eq!(of_file.mongodb.as_deref(), Some("mongodb://db"));
        assert_eq!(of_file.follow, one("shop.products", "products.toml"));
        let flags = ["--namespace", "shop.socks", "--catalog", "socks.toml"];
        assert_eq!(config(file, &flags).unwrap().follow, one("shop.socks", "socks.toml"));
        let nowhere = [&["--data-dir", "d"], flags.as_slice()].concat();
        insta::assert_snapshot!(config("", &nowhere).unwrap_err(), @"following needs --mongodb, --namespace and --catalog (mongodb and [[follow]]), where MongoDB is was not said");
    }

    #[test]
    fn an_address_that_others_can_reach_needs_keys_or_must_be_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().to_str().unwrap();
        let access = |listen: &str, more: &[&str]| {
            let flags = [&["--data-dir", data_dir, "--listen", listen], more].concat();
            let access = config("", &flags).unwrap().access();
            access.map(|_| ()).map_err(|error| error.to_string().replace(data_dir, "data"))
        };
        for refused in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            assert!(access(refused, &[]).is_err(), "{refused}");
            assert_eq!(access(refused, &["--insecure-listen"]), Ok(()));
        }
        insta::assert_snapshot!(access("0.0.0.0:80", &[]).unwrap_err(), @"0.0.0.0:80 can be reached from other machines and no key has been created, so that whoever reaches it could read and write; create one with `search-server keys create --scope admin --data-dir data`, listen on 127.0.0.1, or give --insecure-listen");
        for loopback in ["127.0.0.1:80", "127.1.2.3:80", "[::1]:80"] {
            assert_eq!(access(loopback, &[]), Ok(()));
        }
        let keys = KeyRing::of(dir.path()).unwrap();
        let (_, key) = keys.create(KeyRequest::new(Scope::Admin)).unwrap();
        assert_eq!(access("0.0.0.0:80", &[]), Ok(()));
        // Without any key left nobody gets in.
        keys.revoke(&key.id).unwrap();
        assert_eq!(access("0.0.0.0:80", &[]), Ok(()));
        std::fs::write(key_file_of(dir.path()), "{}").unwrap();
        assert!(access("127.0.0.1:80", &[]).unwrap_err().contains("missing field"));
    }
}
