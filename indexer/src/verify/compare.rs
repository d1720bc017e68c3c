//! The course of a comparison.

use std::path::Path;
use std::time::Instant;

use mongodb::Client;
use search_core::Engine;
use tokio::task::spawn_blocking;

use super::collection::read_all;
use super::digest::{Buckets, Digest};
use super::error::VerifyError;
use super::follower::Follower;
use super::repair::Repair;
use super::report::{Difference, DifferenceKind, Report};
use super::settle::Sides;
use super::suspects::{Side, Suspect, Suspects};
use crate::limits::{MAX_SUSPECTS, VERIFY_LOOK_PRODUCTS};
use crate::mongo::{Namespace, client};
use crate::progress::Progress;

/// Documents between two looks at how far it is.
const PROGRESS_EVERY: u64 = 1_024;

/// What to do about differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// List them.
    Compare,
    /// List and repair them.
    Repair,
}

/// Compares a collection with the index of its catalogue.
///
/// Memory is bounded whatever the sizes and however much differs. Beside a running follower, what
/// the follower has yet to apply is waited for.
///
/// # Errors
/// When it cannot be told whether they are equal, or a repair fails.
pub async fn verify(
    client: &Client,
    namespace: &Namespace,
    engine: &Engine,
    data_dir: &Path,
    mode: Mode,
    progress: &mut Progress,
) -> Result<Report, VerifyError> {
    let began = Instant::now();
    let catalog = engine.catalog();
    if let Some(path) = catalog.id_path().filter(|path| path.to_string() != "_id") {
        let (catalog, path) = (catalog.name().to_owned(), path.to_string());
        return Err(VerifyError::IdPath { catalog, path });
    }
    client::require(client, namespace).await?;
    let follower = Follower { data_dir, engine, namespace };
    let collection = client::collection(client, namespace);
    let mut comparison = Comparison {
        sides: Sides { client, collection, engine, follower },
        repair: (mode == Mode::Repair).then(|| Repair::new(follower)),
        report: Report {
            catalog: catalog.name().to_owned(),
            namespace: namespace.to_string(),
            ..Report::default()
        },
    };
    comparison.run(progress).await?;
    let mut report = comparison.report;
    report.equal = report.undecided == 0 && report.repaired == report.differing();
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

struct Comparison<'a> {
    sides: Sides<'a>,
    repair: Option<Repair<'a>>,
    report: Report,
}

impl Comparison<'_> {
    async fn run(&mut self, progress: &mut Progress) -> Result<(), VerifyError> {
        for buckets in self.sum_up(progress).await? {
            let mut suspects = self.suspects(buckets).await?.into_iter();
            loop {
                let batch: Vec<_> = suspects.by_ref().take(VERIFY_LOOK_PRODUCTS).collect();
                if batch.is_empty() {
                    break;
                }
                let differing = self.settle(batch).await?;
                for (Suspect { id, .. }, kind) in &differing {
                    self.report.add(Difference { id: id.clone(), kind: *kind });
                }
                let wrong = differing.into_iter().map(|(suspect, _)| suspect).collect();
                self.repair(wrong).await?;
            }
        }
        Ok(())
    }

    /// Reads both sides; gives where their sums differ.
    async fn sum_up(&mut self, progress: &mut Progress) -> Result<Vec<Buckets>, VerifyError> {
        self.sides.engine.refresh()?;
        let engine = self.sides.engine.clone();
        let index = spawn_blocking(move || {
            let mut sums = Digest::new();
            for product in engine.products() {
                let product = product?;
                sums.add(&product.id, &product.document);
            }
            Ok::<_, VerifyError>(sums)
        });
        let mut there = Digest::new();
        let report = &mut self.report;
        read_all(&self.sides.collection, |candidate| match candidate {
            Ok(product) => {
                there.add(&product.id, &product.document);
                if there.documents().is_multiple_of(PROGRESS_EVERY) {
                    progress.update(there.documents(), there.documents());
                }
            }
            Err(known) => report.add_known(known),
        })
        .await?;
        let here = index.await.map_err(|_| VerifyError::CutOff { side: "the index" })??;
        self.report.documents = there.documents() + self.report.cannot_be_indexed;
        self.report.products = here.documents();
        Ok(there.differing(&here, MAX_SUSPECTS))
    }

    /// Reads both sides again, for the products in some buckets.
    async fn suspects(&self, buckets: Buckets) -> Result<Vec<Suspect>, VerifyError> {
        self.sides.engine.refresh()?;
        let engine = self.sides.engine.clone();
        let mut here = Suspects::of(buckets.clone());
        let index = spawn_blocking(move || {
            for product in engine.products() {
                here.see(Side::Index, product?)?;
            }
            Ok::<_, VerifyError>(here)
        });
        let mut there = Suspects::of(buckets);
        let mut fault = None;
        read_all(&self.sides.collection, |candidate| {
            if let Ok(product) = candidate
                && let Err(error) = there.see(Side::Collection, product)
            {
                fault.get_or_insert(error);
            }
        })
        .await?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        there.join(index.await.map_err(|_| VerifyError::CutOff { side: "the index" })??);
        Ok(there.differing())
    }

    /// Settles what suspects are; gives those that really differ.
    async fn settle(
        &mut self,
        suspects: Vec<Suspect>,
    ) -> Result<Vec<(Suspect, DifferenceKind)>, VerifyError> {
        let settled = self.sides.settle(suspects).await?;
        settled.known.into_iter().for_each(|known| self.report.add_known(known));
        self.report.undecided += settled.undecided;
        Ok(settled.differing)
    }

    /// Repairs what differs, if that is wanted, and looks whether it helped.
    async fn repair(&mut self, wrong: Vec<Suspect>) -> Result<(), VerifyError> {
        let Some(repair) = self.repair.as_mut().filter(|_| !wrong.is_empty()) else {
            return Ok(());
        };
        repair.run(&self.sides.collection, &wrong).await?;
        let count = wrong.len() as u64;
        let still = self.settle(wrong).await?.len() as u64;
        self.report.repaired += count - still;
        Ok(())
    }
}
