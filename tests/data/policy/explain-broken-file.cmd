explain -c broken.conf
