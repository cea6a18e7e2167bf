"""Speed, measured against peers in one process; every figure in the documents comes from here."""
