selftest --to a@example.net --user alice@example.org --log empty.log
