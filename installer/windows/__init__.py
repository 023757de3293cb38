"""Makes a Windows PC a locked booth, checks it and gives it back."""
