selftest --to a@example.net --from b@example.org --log empty.log --host 127.0.0.1 --port 1 --timeout 5
