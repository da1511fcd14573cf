from struct import*
def F(a,n,w):
 if a[0]<1:a=a[1:];k=w>>3;return B(a,[n],w)if w&7 else resize(a,[n,k])@256**arange(k-1,-1,-1),a[n*w+7>>3:]
 P,M,R,T,S,y,K,Z,W=unpack_from('<5B3HI',a,1);a=a[16:];y=y+flatnonzero(B(a,[K],1))&(1<<w)-1;a=a[K+7>>3:];A=T*len(y);d=B(a,[A],R)+(diff(flatnonzero(unpackbits(a[A*R+7>>3:Z])),prepend=-1)-1<<R);a=a[Z:];o=arange(n)
 if T>1:r,k=unpack_from('2I',a);l,a=F(a[8:],r+k,4);o=l[r:][o%k]+(r and l[o//k])<<P
 else:o*=0
 q=(d>>1^-(d&1)).reshape(T,-1).cumsum(1).cumsum(1);m=1<<M;q=m+q%m<<(q>>M);m=1<<P;q=maximum(q*m//c_[q.sum(1)],1);p=0;v=ndarray(W,'H',a,4*S)
 for r in q:r[argmax(r)]+=m-sum(r)
 q=q.ravel();i=repeat(arange(A),q);t=arange(T*m)-(cumsum(q)-q)[i];q=q[i]
 for L,E in iter_unpack('2H',a[:4*S]):
  x=ndarray(L,'I',v).astype(int);v=v[2*L:];l=x.view('H')[::4];h=x.view('H')[1::4];z=0*x;s=z+P;k=z+m-1;z+=65536
  for g in o[p:p+L*E].reshape(E,L):g+=x&k;x>>=s;x*=q.take(g);x+=t.take(g);j,=(x<z).nonzero();h[j]=l[j];l[j]=v[:len(j)];v=v[len(j):]
  p+=L*E;v=x.astype('H')
 return tile(y,T)[i][o],a[4*S+2*W:]
