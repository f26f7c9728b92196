simulate -c strict.conf --tz UTC --year 2025 --today 2026-01-01 --log gate.log --since '2025-11-20 09:17' --until '2025-11-20 09:17'
