"""The vocabularies and rules from which the bundled sample is made."""
