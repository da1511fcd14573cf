  if'pl'in p:
   c=[0]*n
   for s in v['fields']:e,a=F(a,n,s);c=[x<<s|y for x,y in zip(c,e)]
   s=v.get('rotate',0);c=[x>>s|x<<w-s for x in c]
