  if'ba'in p:c=[y//d%3 for y in a for d in(1,3,9,27,81)][:n]
