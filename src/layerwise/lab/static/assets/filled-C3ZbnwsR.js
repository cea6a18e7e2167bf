function f(e,r){return e.replace(/\{(\w+)\}/g,(n,t)=>String(r[t]??n))}export{f};
