selftest --to a@example.net --log empty.log
