from struct import*
from itertools import*
def F(a,n,w):
 if a[0]<1:return B(a[1:],n,w),a[1+(n*w+7>>3):]
 P,M,R,T,S,f,K,Z,W=unpack_from('<5B3HI',a,1);a=a[16:];y=[f+i&(1<<w)-1 for i,x in enumerate(B(a,K,1))if x];a=a[K+7>>3:];A=len(y);q=iter(D(a[T*A*R+7>>3:Z]).split('1'));z=iter(B(a,T*A,R));a=a[Z:];V=[];G=[];H=[];m=1<<P
 for _ in range(T):
  g=[len(next(q))<<R|next(z)for _ in y];g=[c%2**M+2**M<<(c>>M)for c in accumulate(accumulate(c>>1^-(c&1)for c in g))];s=sum(g);g=[max(1,q*m//s)for q in g];g[g.index(max(g))]+=m-sum(g)
  for v,f in zip(y,g):V+=[v]*f;G+=[f]*f;H+=range(f)
 k=repeat(0)
 if T>1:r,c=unpack_from('2I',a);q,a=F(a[8:],r+c,4);k=(i+j<<P for i in q[:r]or repeat(0)for j in q[r:])
 if S<1:return y*n,a
 v=iter(unpack_from(f'{W}H',a,4*S));L=array('H');m-=1;X=0
 for l,e in iter_unpack('2H',a[:4*S]):
  X=[next(v)|next(v)<<16 for _ in range(l)]
  for _ in range(e):
   Y=[]
   for x,o in zip(X,k):
    s=x&m|o;L.append(V[s]);x=G[s]*(x>>P)+H[s]
    Y.append(x if x>65535 else x<<16|next(v))
   X=Y
  v=iter([x&65535 for x in X])
 return L,a[4*S+2*W:]
