-- KEYS[1]  a value   ARGV[1] what it is   ARGV[2] how long it is kept (ms)

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
