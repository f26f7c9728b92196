selftest --to a@example.net --from b@example.org --log empty.log --port 0
