  if'ts'in p:c=B(c,[n],v['bits'])
