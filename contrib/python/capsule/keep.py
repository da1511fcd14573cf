unregister(k);k=int
