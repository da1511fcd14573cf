  if'bi'in p:c=B(a,n,v['bits'])
