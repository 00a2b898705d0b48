"""Doors of accounts: outside any company (`outer`, `join`) and inside one (`company`, `audit`)."""
