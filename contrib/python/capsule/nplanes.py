  if'pl'in p:
   e=0
   for s in v['fields']:d,c=F(c,n,s);e=e<<s|d
   s=v.get('rotate',0);e=e.view('Q');c=e>>s|e<<w-s
