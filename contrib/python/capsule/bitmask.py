  if'm'in p:c=B(a,n,1);e=iter(B(a[n+7>>3:],sum(c),1));c=[x and 1+next(e)for x in c]
