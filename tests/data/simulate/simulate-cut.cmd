simulate -c strict.conf --tz UTC --today 2025-12-01 --log cut.log.gz
