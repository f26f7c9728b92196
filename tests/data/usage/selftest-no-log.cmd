selftest --to a@example.net --from b@example.org --log none.log
