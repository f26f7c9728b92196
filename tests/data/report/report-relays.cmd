report -c empty.conf --tz UTC --log day.log --internal none --smarthost .google.com,192.0.2.10 --tls-logging on
