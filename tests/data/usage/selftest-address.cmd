selftest --to 'a b@example.net'
