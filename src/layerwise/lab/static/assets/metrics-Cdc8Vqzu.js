const e={en:{accuracy:"accuracy",rmse:"RMSE"},zh:{accuracy:"准确率",rmse:"均方根误差"}};function r(a,c){return e[a][c]??c.replaceAll("_"," ")}export{r as m};
