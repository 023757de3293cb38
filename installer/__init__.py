"""Makes a bare PC a locked booth, checks it, undoes it; and what builds the packages."""
