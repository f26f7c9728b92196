report -c empty.conf --log day.log --tz UTC --smarthost mx.example.com,mx1/mx2
