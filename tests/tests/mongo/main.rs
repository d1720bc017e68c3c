//! MongoDB and the index: real servers, the real indexer, everything that can happen to either.
