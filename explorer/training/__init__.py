"""Training: what is asked for, the jobs that do it, and the recorder that watches."""
