 from signal import*
 for s in 1,15:getsignal(s)or signal(s,lambda s,f:(k(),signal(s,0),raise_signal(s)))
