trace news@news.example.org -c empty.conf --tz UTC --log day.log --format json
