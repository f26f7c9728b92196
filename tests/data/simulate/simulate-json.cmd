simulate -c strict.conf --tz UTC --year 2025 --today 2025-12-01 --log postfix.log --log gate.log --format json
