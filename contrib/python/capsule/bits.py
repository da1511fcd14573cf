  if'ts'in p:c=B(a,n,v['bits'])
