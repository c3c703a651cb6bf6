"""One applicant: a case file read and saved, and what its answers may be relied on for."""
